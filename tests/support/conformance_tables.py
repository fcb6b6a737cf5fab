"""Which programs are in the quick shard, and which auto refuses."""

# They compile fast, and each is of another kind.
QUICK = """
order_product_and_write order_index_then_step order_recursion order_tuple_display
names_turn_1 names_k_before names_base_zero_global names_bars_locals
alias_asarray_dtype alias_reshape_contiguous alias_tuple_of_arrays alias_swap_buffers
flow_while_else flow_loop_variable_after flow_running_argmax flow_early_return_nested
raise_assert raise_zero_division raise_in_branch
kink_max_tie kink_where_side_not_taken kink_power_zero
linalg_solve_matrix linalg_cholesky float32_array
tuple_of_numbers_carried namedtuple_state_replaced global_rows prange_sum
custom_rule_inside root_of_number checkpoint_loop driver_inside_loop
di_cache_tuple di_empty_vector di_hvp di_jacobian_into_cache di_pullback_into_cache
extreme_then_loop kernel_seidel_2d
""".split()  # noqa: SIM905

# Programs that no mode takes: auto says so in words of its own. The value is the reason.
REFUSED = {
    "dict": "a dictionary that holds what is differentiated",
    "di_cache_tuple": "a write into an array of a tuple that is passed in",
    "driver_jacobian_inside": "a Jacobian of arrays inside a function that calls it",
    "linalg_lstsq": "np.linalg.lstsq has no rule",
    "linalg_pinv": "np.linalg.pinv has no rule",
    "pinv": "np.linalg.pinv has no rule",
    "linalg_qr": "np.linalg.qr has no rule",
    "order_whole_array_and_write": "Numba computes the whole expression after the call",
    "python_wrapper": "functools.partial, methods and np.vectorize are no functions of Numba",
}
