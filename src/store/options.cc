#include "store/options.h"

#include <ctime>
#include <system_error>

namespace palabre::store {

std::int64_t boot_clock_of_system() {
  timespec since{};
  ::clock_gettime(CLOCK_BOOTTIME, &since);
  return std::int64_t{since.tv_sec} * 1'000'000 + since.tv_nsec / 1000;
}

std::optional<DiskSpace> space_of_system(const std::filesystem::path& file) {
  std::error_code unknown;
  const auto space = std::filesystem::space(file, unknown);
  if (unknown) return std::nullopt;
  return DiskSpace{space.capacity, space.available};
}

}  // namespace palabre::store
