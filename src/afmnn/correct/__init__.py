"""Corrections that need no training, one file each: a plane, offsets of the scan lines."""
