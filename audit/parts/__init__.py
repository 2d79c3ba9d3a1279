"""Parts of a class: which pieces of an image the network answers by, whether the object is among them."""
