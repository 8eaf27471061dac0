def send(**kwargs): pass
