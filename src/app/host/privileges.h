#pragma once

#include <spdlog/logger.h>

#include <optional>

#include "base/account.h"
#include "base/result.h"

namespace palabre::app {

/// Whom a server that was started as root becomes: `palabre` where there is such a user, else
/// `nobody`; nobody at all where neither is there, or both are root by another name.
std::optional<Account> ordinary_account();

/// Gives up, for good and for the whole process, whatever this process may do beyond an ordinary
/// user: root's identity and groups, every capability, the right to gain any by running another
/// program. Checks that none is left and that none comes back, and says in the log who it is now.
/// Nobody of the same user may look into its memory any more, and it leaves no core file.
///
/// To be called while there is one thread, after all that takes a privilege. After an error the
/// process may be anything in between: end it.
Result<void> give_up_privileges(spdlog::logger& log);

}  // namespace palabre::app
