"""A photograph dreamt: what a layer sees in it, enhanced."""
