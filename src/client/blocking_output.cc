// For fopencookie.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "client/blocking_output.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <system_error>

namespace palabre::client {
namespace {

/// Returns `count`, or 0 on an error, as fopencookie requires.
ssize_t write_all(void* cookie, const char* bytes, std::size_t count) {
  const int descriptor = *static_cast<const int*>(cookie);
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

int forget(void* cookie) {
  const std::unique_ptr<int> descriptor(static_cast<int*>(cookie));
  return 0;
}

}  // namespace

BlockingOutput open_blocking_output(int descriptor) {
  auto cookie = std::make_unique<int>(descriptor);
  std::FILE* const stream = ::fopencookie(cookie.get(), "w", {nullptr, write_all, nullptr, forget});
  if (stream == nullptr) {
    throw std::system_error(errno, std::generic_category(), "Standard output cannot be opened.");
  }
  static_cast<void>(cookie.release());  // the stream owns it now
  return BlockingOutput(stream);
}

}  // namespace palabre::client
