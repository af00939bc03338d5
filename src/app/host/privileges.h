#pragma once

#include <spdlog/logger.h>

#include <optional>
#include <string>

#include "base/account.h"
#include "base/result.h"

namespace palabre::app {

/// The account that a server started as root becomes: the user `name`. EX_CONFIG if there is no
/// such user, or if its user or its group is 0. Nothing if the process is not root: then it keeps
/// its user. There is no fallback to `nobody`, since every process of `nobody` could read the
/// server's key and rooms.
Result<std::optional<Account>> account_to_become(const std::string& name);

/// Gives up, for good and for the whole process, every privilege beyond an ordinary user's. With an
/// account: becomes its user and group, and clears the supplementary groups. In any case: sets
/// no_new_privs; clears the capabilities; clears the bounding set if CAP_SETPCAP permits it; makes
/// the process undumpable, so that other processes of the same user cannot read its memory, and it
/// leaves no core file. Checks that no privilege is left and, if the process was root, that root's
/// identity cannot be regained. Logs the new user.
///
/// Call it while there is one thread, and after everything that needs a privilege. After an error
/// the process is in an undefined mix of rights: end it. `account`: from `account_to_become`.
Result<void> give_up_privileges(spdlog::logger& log, const std::optional<Account>& account);

}  // namespace palabre::app
