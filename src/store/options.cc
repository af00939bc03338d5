#include "store/options.h"

#include <ctime>

namespace palabre::store {

std::int64_t boot_clock_of_system() {
  timespec since{};
  ::clock_gettime(CLOCK_BOOTTIME, &since);
  return std::int64_t{since.tv_sec} * 1'000'000 + since.tv_nsec / 1000;
}

}  // namespace palabre::store
