"""What the headers do not say by themselves: which texts are JSON or secrets, what may be left out, what is a flag.

Every entry must still name something in the headers; model.py refuses one that does not.
"""

# Texts that are JSON, as inputs and in options: parameter or field.
JSON_INPUTS = {"settings", "patch", "attributes", "parameters", "audience", "choices", "json"}
# Bytes that a program may also have as text.
SECRET_INPUTS = {"password", "token", "headers"}
# Raw bytes: they are signed, so text that was decoded and encoded again will not do.
BYTES_INPUTS = {"body"}

# Inputs that may be NULL, everywhere or in the named calls only.
OPTIONAL_INPUTS = {
    "idempotency_key": {"wallet_credit", "wallet_debit", "wallet_refund", "hold_create", "hold_capture"},
    "country": {"contact_upsert", "contact_find", "phone_normalize", "window_get", "rate_price"},
    "after": None,
    "campaign_id": {"message_list"},
    "contact_id": {"consent_list"},
    "url": {"open"},
    "signature": None,
    "note": None,
    "reason": {"campaign_pause"},
    "settings": None,
    "attributes": None,
    "audience": None,
    "from": {"ledger_verify_from"},
    "head": None,
    "codes": None,
    "state": {"recipient_list"},
    "expires_at": None,
    "at": {"rate_price"},
    "since": None,
    "until": {"webhook_replay"},
    "price": {"rate_set", "rate_set_vendor"},
    "body": {"worker_answer"},
}

# int parameters and fields that are 0 or 1.
FLAGS = {"leave_out_invalid", "asynchronous", "migrate", "unprepared", "preview_url", "until_idle", "housekeeping", "fold_webhooks",
         "retriable", "refunded", "opts_out", "unreachable", "stops_sender_only", "shared", "missed"}
# The same names for numbers: a count, an amount.
NOT_FLAGS = {"kl_ledger_report", "kl_campaign_stats", "kl_campaign_account", "kl_fold_report"}

# Getters whose text is JSON.
JSON_GETTERS = {"kl_vendor_settings", "kl_contact_attributes", "kl_template_components", "kl_message_content"}
# Texts of getters that may be NULL: their comment says "NULL: …".
NULLABLE_MARK = "NULL"
# Times that are always there: 0 is 1970 and not "never".
ALWAYS_TIMES = {"created_at", "updated_at", "happened_at", "said_at", "opened_at", "day", "at", "effective_from"}
# UUIDs that are nil when there is none.
NIL_IS_NONE = {"kl_batch_campaign_id"}
# Numbers that are -1 when there is none.
MINUS_ONE_IS_NONE = {"kl_transaction_batch_no", "kl_batch_no", "kl_rate_amount", "kl_campaign_progress.eta_seconds"}
# Members that no repr shows.
SECRET_MEMBERS = {"authorization"}
# Enums that are 0 when there is none.
ZERO_IS_NONE = {"kl_message_kind_of"}
# Getters of SHA-256 sums.
BYTES_32 = {"kl_transaction_hash"}

# The words that constants of an enum begin with, where it is not what they have in common.
ENUM_PREFIX = {"kl_consent_kind": "KL_", "kl_status": "KL_", "kl_transaction_type": "KL_", "kl_message_direction": "KL_"}

# Parts of an object that are read by index: (object, getter of the count, field ("" when the list is all there is), name of an element,
# prefix of the getters by index).
PARTS = [
    ("kl_campaign_failure_page", "kl_campaign_failure_page_count", "", "kl_campaign_failure", "kl_campaign_failure_page_"),
    ("kl_wallet_results", "kl_wallet_results_count", "", "kl_wallet_result", "kl_wallet_results_"),
    ("kl_preflight", "kl_preflight_listed", "listed", "kl_preflight_recipient", "kl_preflight_"),
    ("kl_template", "kl_template_parameter_count", "parameters", "kl_template_parameter", "kl_template_parameter_"),
    ("kl_batch", "kl_batch_count", "messages", "kl_batch_message", "kl_batch_"),
]
# Getters by index whose name would be the object's own otherwise.
PART_FIELDS = {"kl_batch_message_campaign_id": "campaign_id"}

# Objects that are handed out as resources, for a later call needs them: the record and the field with the list in it.
HANDLES = {
    "kl_batch": ("kl_claimed_batch", "messages"),
    "kl_event_page": ("kl_event_list", "events"),
    "kl_rate_page": ("kl_rate_list", "rates"),
}

# Calls whose outputs are filled when they answer KL_ERR_CORRUPT or the like; they come with the error.
TOLD_WITH_ERROR = {"wallet_verify", "ledger_verify_from", "ledger_verify_stream", "ledger_verify_file", "campaign_reconcile",
                   "worker_run", "worker_finish", "phone_normalize"}

# Calls that ask no database and wait for nothing: they may be made on an event loop.
QUICK = {"uuid_generate", "uuid_parse", "uuid_format", "money_parse", "money_format", "phone_normalize", "phone_reason_text", "version",
         "status_count", "status_at", "status_name", "status_text", "status_retriable", "error_policy_get", "error_policy_unreadable",
         "error_policy_at", "error_policy_count", "error_class_name", "kept_reason_text", "log_level_name", "webhook_challenge",
         "webhook_verify", "worker_stop"}

# Functions that no program calls through a binding, and what carries them there.
CARRIED = {
    "kl_free": "the client is released with its last user",
    "kl_secret_free": "a secret is copied to the language's bytes, wiped and released at once",
    "kl_metrics_text_free": "the text is copied and released at once",
    "kl_error_status": "StatusError.status",
    "kl_error_message": "StatusError.message",
    "kl_error_sqlstate": "StatusError.sqlstate",
    "kl_error_retriable": "StatusError.retriable",
    "kl_error_free": "released when the exception is made",
    "kl_completion_queue_new": "Queue",
    "kl_completion_queue_descriptor": "Queue.fileno(); the Node queue watches it",
    "kl_completion_queue_submit": "Queue.submit()",
    "kl_completion_queue_cancel": "Queue.cancel()",
    "kl_completion_queue_next": "Queue.next(); the Node queue calls back",
    "kl_completion_queue_pending": "Queue.pending()",
    "kl_completion_queue_close": "Queue.close()",
    "kl_completion_queue_free": "the queue is released with its last user",
}

# Calls with inputs and outputs of their own, see Model.special(): they take a function, or fill memory of the caller.
SPECIAL = {"kl_open", "kl_contact_import", "kl_contact_export", "kl_ledger_export", "kl_ledger_verify_stream", "kl_worker_pull", "kl_close"}

# Calls that special.c makes, because a function of the language is called back or a resource is made.
RUN_BY_HAND = {"open", "contact_import", "contact_import_file", "contact_export", "ledger_export", "ledger_verify_stream", "worker_new",
               "worker_run", "worker_stop", "worker_pull", "close"}
