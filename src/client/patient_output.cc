// For fopencookie.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "client/patient_output.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace palabre::client {
namespace {

/// All of it, or 0 for an error: what fopencookie wants.
ssize_t write_all(void* cookie, const char* bytes, std::size_t count) {
  const auto descriptor = static_cast<int>(reinterpret_cast<std::intptr_t>(cookie));
  std::size_t done = 0;
  while (done < count) {
    const ssize_t written = ::write(descriptor, bytes + done, count - done);
    if (written >= 0) {
      done += static_cast<std::size_t>(written);
    } else if (errno == EAGAIN) {
      pollfd room{descriptor, POLLOUT, 0};
      ::poll(&room, 1, -1);
    } else if (errno != EINTR) {
      return 0;
    }
  }
  return static_cast<ssize_t>(count);
}

}  // namespace

PatientOutput open_patient_output(int descriptor) {
  void* const cookie = reinterpret_cast<void*>(static_cast<std::intptr_t>(descriptor));
  std::FILE* const stream = ::fopencookie(cookie, "w", {nullptr, write_all, nullptr, nullptr});
  if (stream == nullptr) {
    throw std::system_error(errno, std::generic_category(), "Standard output cannot be opened.");
  }
  return PatientOutput(stream);
}

}  // namespace palabre::client
