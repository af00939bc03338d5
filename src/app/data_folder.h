#pragma once

#include <spdlog/logger.h>

#include <filesystem>
#include <optional>

#include "app/host/privileges.h"
#include "base/result.h"

namespace palabre::app {

/// Where rooms are kept where nothing is said: in the folder that systemd gives, else, for root, in
/// /var/lib/palabre, else in the user's $XDG_STATE_HOME/palabre or ~/.local/state/palabre. Nothing
/// where there is no home.
std::optional<std::filesystem::path> default_data_folder();

/// The file of a store in this folder, by its whole path; empty: in the usual one.
Result<std::filesystem::path> store_path(const std::filesystem::path& folder);

/// Makes the folder, 0700, where it is missing, and its parents. Gives it, and the store and the
/// server's own keys in it, to `owner`, whom root is about to become; nothing else of anybody's is
/// given away. From then on the process works in that folder.
Result<void> prepare_data_folder(const std::filesystem::path& folder,
                                 const std::optional<Account>& owner);

/// `store`, as whoever we are now can reach it: where the folders above its own are closed to us,
/// as /root is to whom root has become, from its folder. Requires that the process works in that.
std::filesystem::path reachable(const std::filesystem::path& store);

}  // namespace palabre::app
