"""What the front end takes beyond scalars and arrays, as blocks of random programs.

A file is a feature of `forms.Forms`. It has functions of a generator ``g`` and of the variables of
the loops around, each of which returns a list of choices, functions without arguments:

``numbers``, ``vectors``, ``tests``
    expressions of a float, of an array of five, of a truth;
``statements``
    lists of lines, not yet indented, that may hold loops and branches of their own;

and ``HEAD``, the lines that bind the feature's own variables before anything else.
"""
