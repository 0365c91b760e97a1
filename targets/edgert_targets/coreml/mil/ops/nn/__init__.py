"""Products, pools, normalizations and resampling."""
