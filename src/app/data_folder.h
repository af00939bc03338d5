#pragma once

#include <spdlog/logger.h>

#include <filesystem>
#include <optional>

#include "app/host/privileges.h"
#include "base/result.h"

namespace palabre::app {

/// The secret of the guests' cloaks (`guard::Cloaks`), in the data folder.
inline constexpr const char* kCloaksFileName = "cloaks.secret";

/// The data folder when no `--data` is given: systemd's STATE_DIRECTORY; else, for root,
/// /var/lib/palabre; else $XDG_STATE_HOME/palabre or ~/.local/state/palabre. Nothing without a home
/// folder.
std::optional<std::filesystem::path> default_data_folder();

/// The absolute path of the store's file in `folder`; empty: in the default data folder.
Result<std::filesystem::path> store_path(const std::filesystem::path& folder);

/// Creates the folder, with mode 0700, and its parents if they are missing. The mode of an existing
/// folder is not changed. Afterwards the folder is the process's working directory.
///
/// `owner`, if set, is the user that root is about to become. The owner of the folder changes to
/// it, and of the files that a server writes there: the store with its lock files, the server's
/// keys, its certificate; of no other file. An existing folder of another owner is refused, unless
/// it is a folder that root alone can write and that is empty or holds a store, or a store's folder
/// of `nobody`.
Result<void> prepare_data_folder(const std::filesystem::path& folder,
                                 const std::optional<Account>& owner);

/// Returns `store`; or its file name alone if the current user cannot search the folder's path,
/// e.g. below /root. Requires that the working directory is the store's folder.
std::filesystem::path reachable(const std::filesystem::path& store);

}  // namespace palabre::app
