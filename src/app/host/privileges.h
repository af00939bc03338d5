#pragma once

#include <spdlog/logger.h>

#include <optional>
#include <string>

#include "base/account.h"
#include "base/result.h"

namespace palabre::app {

/// The account that a server started as root becomes: the user `name`. EX_CONFIG where there is no
/// such user, or it is root under another name. Nothing where the process is not root: then it
/// keeps its user. There is no fallback: every program that runs as `nobody` could read the
/// server's key and rooms.
Result<std::optional<Account>> account_to_become(const std::string& name);

/// Gives up, for good and for the whole process, every privilege beyond an ordinary user's: root's
/// identity and groups, all capabilities, and the right to gain any by running another program.
/// Checks that none is left and none can be regained, and logs the new user. Afterwards other
/// processes of the same user cannot read its memory, and it leaves no core file.
///
/// Call it while there is one thread, and after everything that needs a privilege. After an error
/// the process is in an undefined mix of rights: end it. `account`: from `account_to_become`.
Result<void> give_up_privileges(spdlog::logger& log, const std::optional<Account>& account);

}  // namespace palabre::app
