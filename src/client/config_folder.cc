#include "client/config_folder.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sysexits.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "base/fail.h"
#include "client/environment.h"

namespace palabre::client {
namespace {

Unexpected<Error> cannot_make(const std::filesystem::path& folder, const std::error_code& error) {
  return fail(EX_CANTCREAT,
              "The folder {} cannot be made: {}; check the owner of the folder "
              "above it, or set XDG_CONFIG_HOME to another folder.",
              folder.string(), error.message());
}

}  // namespace

std::optional<std::filesystem::path> config_folder() {
  if (const auto config = path_in_environment("XDG_CONFIG_HOME")) return *config + "/palabre";
  if (const auto home = home_folder()) return *home + "/.config/palabre";
  return std::nullopt;
}

Result<void> make_config_folder(const std::filesystem::path& folder) {
  std::error_code error;
  if (folder.has_parent_path()) std::filesystem::create_directories(folder.parent_path(), error);
  if (error) return cannot_make(folder.parent_path(), error);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return cannot_make(folder, {errno, std::generic_category()});
  }
  return {};
}

}  // namespace palabre::client
