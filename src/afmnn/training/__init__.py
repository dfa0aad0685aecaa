"""Training: the public functions `train`, `train_on_scene` and `search`, and the pieces that they are put together from.

`loop` is the training loop, `pairs` and `scene_pairs` are the training data, `trainers` has what the compiled core does.
"""
