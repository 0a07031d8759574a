/* libkloyst: multi-tenant WhatsApp messaging on PostgreSQL. Includes every public header.
 *
 * Ownership: what a call hands out through a pointer-to-pointer belongs to the caller, who releases it with the
 * matching _free; what a getter returns belongs to the object it was read from and lives as long as that object;
 * what a caller passes in is never kept after the call.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_KLOYST_H
#define KLOYST_KLOYST_H

#include <kloyst/batch.h>
#include <kloyst/breaker.h>
#include <kloyst/campaign.h>
#include <kloyst/client.h>
#include <kloyst/completion.h>
#include <kloyst/consent.h>
#include <kloyst/contact.h>
#include <kloyst/doctor.h>
#include <kloyst/error_policy.h>
#include <kloyst/event.h>
#include <kloyst/export.h>
#include <kloyst/hold.h>
#include <kloyst/ledger.h>
#include <kloyst/log.h>
#include <kloyst/message.h>
#include <kloyst/metrics.h>
#include <kloyst/rate.h>
#include <kloyst/recharge.h>
#include <kloyst/recipient.h>
#include <kloyst/worker.h>
#include <kloyst/send.h>
#include <kloyst/statement.h>
#include <kloyst/status.h>
#include <kloyst/template.h>
#include <kloyst/types.h>
#include <kloyst/user.h>
#include <kloyst/vendor.h>
#include <kloyst/version.h>
#include <kloyst/waba.h>
#include <kloyst/wallet.h>
#include <kloyst/webhook.h>
#include <kloyst/window.h>

#endif
