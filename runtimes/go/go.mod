module loopswap/guest

go 1.24
