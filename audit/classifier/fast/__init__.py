"""The frozen network as a cheaper one that answers the same."""
