#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>

#include "load.h"
#include "mutants.h"

// Sends mutated datagrams to a server from a few guests that come and go, no faster than it reads:
// after every few it must answer a request. So none is lost in its receive buffer, and all have
// been read at the end.

namespace palabre::load {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kGuests = 4;
constexpr std::size_t kInFlight = 512;
constexpr std::size_t kBytesInFlight = std::size_t{1} << 20;
constexpr std::uint64_t kStay = 5000;  // datagrams until a guest is replaced
constexpr int kAsks = 60;              // one second each

struct Options {
  std::string to;
  std::uint64_t count = 1000;
  std::uint64_t seed = 1;
};

int open_socket(const sockaddr_in& to) {
  const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  require(descriptor >= 0, "A socket");
  set_buffer(descriptor, SO_SNDBUF, 4 << 20);
  require(connect(descriptor, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0, "connect");
  return descriptor;
}

/// Waits until the server has read everything, by an answer that can only come after it.
class Watcher {
 public:
  explicit Watcher(const sockaddr_in& to) : socket_(open_socket(to)) { say("/join watch\n"); }

  void wait_until_all_is_read() {
    const std::string name = fmt::format("watch{}", ++asked_);
    for (int ask = 0; ask < kAsks; ++ask) {
      say("/nick " + name + "\n");
      if (hears("-- You are " + name + "* now.")) return;
    }
    throw std::runtime_error("The server answers no more.");
  }

 private:
  void say(std::string_view text) { send(socket_, text.data(), text.size(), 0); }

  bool hears(std::string_view words) {
    pollfd wait{socket_, POLLIN, 0};
    std::array<char, 2048> bytes{};
    while (poll(&wait, 1, 1000) > 0) {
      const auto size = recv(socket_, bytes.data(), bytes.size(), 0);
      if (size < 0) return false;
      if (std::string_view(bytes.data(), std::size_t(size)).starts_with(words)) return true;
    }
    return false;
  }

  int socket_;
  std::uint64_t asked_ = 0;
};

int run(const Options& options) {
  const sockaddr_in to = parse_address(options.to);
  Watcher watcher(to);
  watcher.wait_until_all_is_read();
  std::array<int, kGuests> guests{};
  for (int& guest : guests) guest = open_socket(to);

  Mutants mutants(options.seed);
  std::uint64_t bytes = 0;
  std::size_t in_flight = 0;
  std::size_t bytes_in_flight = 0;
  const auto began = steady_clock::now();
  for (std::uint64_t number = 0; number < options.count; ++number) {
    int& guest = guests[std::size_t(number % kGuests)];
    if (number % kStay == kStay - 1) {
      close(guest);
      guest = open_socket(to);
    }
    const std::string_view mutant = mutants.next();
    while (send(guest, mutant.data(), mutant.size(), 0) < 0) {
      require(errno == ECONNREFUSED || errno == EINTR, "Sending");  // ICMP of a former one
    }
    bytes += mutant.size();
    bytes_in_flight += mutant.size();
    if (++in_flight < kInFlight && bytes_in_flight < kBytesInFlight) continue;
    watcher.wait_until_all_is_read();
    in_flight = 0;
    bytes_in_flight = 0;
  }
  watcher.wait_until_all_is_read();
  const std::chrono::duration<double> took = steady_clock::now() - began;
  fmt::print("{{\"sent\": {}, \"bytes\": {}, \"seconds\": {:.3f}}}\n", options.count, bytes,
             took.count());
  return EX_OK;
}

int parse_and_run(int argc, char** argv) {
  Options options;
  CLI::App app("Mutated datagrams, sent no faster than they are read.");
  app.add_option("--to", options.to, "The server: IPv4 address and port")->required();
  app.add_option("--count", options.count, "How many")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{100'000'000}));
  app.add_option("--seed", options.seed, "The seed of the mutations");
  CLI11_PARSE(app, argc, argv);
  return run(options);
}

}  // namespace
}  // namespace palabre::load

int main(int argc, char** argv) {
  return palabre::load::run("mutate", palabre::load::parse_and_run, argc, argv);
}
