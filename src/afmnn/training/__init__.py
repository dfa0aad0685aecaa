"""Training: the public functions `train`, `train_on_scene` and `search`, and the pieces that they are put together from.

`loop` is the training loop; `pairs` and `streaming` are the training data.
"""
