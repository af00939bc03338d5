#include "load.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sysexits.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace palabre::load {

void require(bool done, const char* what) {
  if (!done) throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in parse_address(const std::string& text) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  const std::size_t colon = text.rfind(':');
  std::uint16_t port = 0;
  const bool has_port =
      colon != std::string::npos &&
      std::from_chars(text.data() + colon + 1, text.data() + text.size(), port).ec == std::errc{};
  if (!has_port || inet_pton(AF_INET, text.substr(0, colon).c_str(), &address.sin_addr) != 1) {
    throw std::runtime_error(fmt::format("{} is no IPv4 address with a port.", text));
  }
  address.sin_port = htons(port);
  return address;
}

in_addr plus(in_addr address, std::uint32_t offset) {
  return {htonl(ntohl(address.s_addr) + offset)};
}

void set_buffer(int descriptor, int name, int bytes) {
  const int forced = name == SO_RCVBUF ? SO_RCVBUFFORCE : SO_SNDBUFFORCE;
  // Exceeding the administrator's limit needs a capability.
  if (setsockopt(descriptor, SOL_SOCKET, forced, &bytes, sizeof bytes) != 0) {
    setsockopt(descriptor, SOL_SOCKET, name, &bytes, sizeof bytes);
  }
}

void Pace::wait_for(std::uint64_t done) {
  constexpr std::chrono::milliseconds kMostDelay{20};
  const auto due = began_ + std::chrono::duration_cast<Instant::duration>(
                                std::chrono::duration<double>(double(done) / per_second_));
  const Instant at = now();
  if (at < due) {
    std::this_thread::sleep_until(due);
  } else if (at - due > kMostDelay) {
    began_ += at - due - kMostDelay;
  }
}

int run(const char* name, int (*program)(int, char**), int argc, char** argv) {
  try {
    return program(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}: {}\n", name, error.what());
    return EX_SOFTWARE;
  }
}

}  // namespace palabre::load
