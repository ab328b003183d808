s/max_size=[0-9]+g/max_size=4g/
