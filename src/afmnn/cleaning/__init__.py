"""The whole job for a scan: what is wrong with it is mended, a network is applied, and what was removed is judged."""
