-- The enqueueing is planned for its own parameters, which makes most of it fall away, and compiles nothing for it.
SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true)
