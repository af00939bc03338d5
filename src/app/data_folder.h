#pragma once

#include <spdlog/logger.h>

#include <filesystem>
#include <optional>

#include "app/host/privileges.h"
#include "base/result.h"

namespace palabre::app {

/// The data folder when no `--data` is given: systemd's STATE_DIRECTORY; else, for root,
/// /var/lib/palabre; else $XDG_STATE_HOME/palabre or ~/.local/state/palabre. Nothing without a home
/// folder.
std::optional<std::filesystem::path> default_data_folder();

/// The absolute path of the store's file in `folder`; empty: in the default data folder.
Result<std::filesystem::path> store_path(const std::filesystem::path& folder);

/// Creates the folder, with mode 0700, and its parents, where they are missing. Changes the owner
/// of the folder, of the store and of the server's keys in it to `owner`, the user that root is
/// about to become; of no other file. Afterwards the folder is the process's working directory.
Result<void> prepare_data_folder(const std::filesystem::path& folder,
                                 const std::optional<Account>& owner);

/// `store`, or its bare file name where the process's user cannot enter the store's folder by its
/// path: root's successor cannot pass through /root. Requires that the working directory is the
/// store's folder.
std::filesystem::path reachable(const std::filesystem::path& store);

}  // namespace palabre::app
