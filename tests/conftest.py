"""What holds for every test: signals are heard, wherever the tests were started from."""

import signal

# A shell has what it runs in the background ignore SIGINT, and its children inherit that.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
