"""Networks: what they are, what they see, how heights come to their scale, and their application to images."""
