"""The computation of `cpu`, step by step, and its result found in another way."""

WORD = (1 << 64) - 1


def steps(state, count):
    """`count` steps of a xorshift generator."""
    for _ in range(count):
        state ^= (state << 13) & WORD
        state ^= state >> 7
        state ^= (state << 17) & WORD
    return state


def leap(state, count):
    """The same: a step is linear over bits, so `count` of them are a power of its matrix."""
    columns = [steps(1 << bit, 1) for bit in range(64)]
    while count:
        if count & 1:
            state = apply(columns, state)
        columns = [apply(columns, column) for column in columns]
        count >>= 1
    return state


def apply(columns, vector):
    """A matrix, given by its columns, times a vector, over bits."""
    product = 0
    for column in columns:
        if vector & 1:
            product ^= column
        vector >>= 1
    return product
