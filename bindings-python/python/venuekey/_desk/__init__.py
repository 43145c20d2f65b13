"""A program at somebody's desk: the browser and the loopback redirect, the command line, the doctor.

`venuekey.local` and `venuekey.doctor` offer what is public of it; `python -m venuekey` is the command line.
"""
