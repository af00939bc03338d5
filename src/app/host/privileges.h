#pragma once

#include <spdlog/logger.h>

#include <optional>
#include <string>

#include "base/account.h"
#include "base/result.h"

namespace palabre::app {

/// Whom a server that was started as root becomes: the user of this name, which is not root by
/// another. EX_CONFIG where there is no such user. Nothing where it was not started as root: then
/// it stays who it is. None is taken in the place of one that there is not: all that runs as
/// `nobody` would read the server's key and its rooms.
Result<std::optional<Account>> account_to_become(const std::string& name);

/// Gives up, for good and for the whole process, whatever this process may do beyond an ordinary
/// user: root's identity and groups, every capability, the right to gain any by running another
/// program. Checks that none is left and that none comes back, and says in the log who it is now.
/// Nobody of the same user may look into its memory any more, and it leaves no core file.
///
/// To be called while there is one thread, after all that takes a privilege. After an error the
/// process may be anything in between: end it. `account`: of `account_to_become`.
Result<void> give_up_privileges(spdlog::logger& log, const std::optional<Account>& account);

}  // namespace palabre::app
