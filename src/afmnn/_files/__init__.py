"""What every file of ours is read and written with, whatever its format: opened safely, replaced whole, headed by JSON.

It knows nothing of images or networks, so that all of the package may use it.
"""
