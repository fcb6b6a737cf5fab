"""Which programs are in the quick shard, which auto refuses, and which are known to fail."""

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
    "linalg_pinv": "np.linalg.pinv has no rule",
    "pinv": "np.linalg.pinv has no rule",
    "linalg_qr": "np.linalg.qr has no rule",
    "starargs": "*args: parameters need names",
    "python_wrapper": "functools.partial, methods and np.vectorize are no functions of Numba",
}

# (program, mode): a wrong number or an internal error that is known and not yet mended. Take
# off what is mended; when all is, this table goes.
_IN_AUTO = """
alias_two_results_one_memory array_f32 bool_result_refused cache_other_drivers_three_processes
complex_inside complex_inside_polar constant_results cross_of_list di_cache_tuple dict
divmod_active driver_jacobian_inside float32_cast_of_number int_result_refused
kink_heaviside_by_compare kink_mod_of_negative kink_sinc_zero linalg_lstsq prange_branches
prange_shared_parameter put_duplicates second_derivative_filled sinc_zero sliding
stack_of_matrices tuple_homog type_of_argument
""".split()  # noqa: SIM905
OPEN = {(name, "auto") for name in _IN_AUTO}
