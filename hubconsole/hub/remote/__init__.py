"""A hub that is elsewhere: reached over HTTPS (:mod:`client`), and kept at hand for a console (:mod:`live`).

Nothing here imports the HTTP library before the first request, so that a console's first frame does not wait for it.
"""
