"""What each verb of the command line does, one file per verb; the top of the layers."""
