#include "app/host/container.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace palabre::app {

bool in_container() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no thread sets the environment
  if (std::getenv("container") != nullptr) return true;
  std::error_code ignored;
  return std::filesystem::exists("/.dockerenv", ignored) ||
         std::filesystem::exists("/run/.containerenv", ignored);
}

}  // namespace palabre::app
