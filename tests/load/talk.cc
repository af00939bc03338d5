#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "load.h"

// Guests who talk in one room, each from its own address, and the deliveries. Prints a line once
// all are online; then reads a line of standard input per period, the seconds to talk, and prints
// the period's figures as a line of JSON. Ends with its input.

namespace palabre::load {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{20};
constexpr std::chrono::milliseconds kSilence{500};  // the end of a period's deliveries
constexpr std::size_t kLongestDatagram = 2048;

struct Options {
  std::string to;
  std::vector<std::string> from;
  std::size_t guests = 100;
  double rate = 1;
};

/// The figures of one period of talk.
struct Figures {
  std::uint64_t said = 0;
  std::uint64_t heard = 0;
  std::uint64_t unheard_lines = 0;  ///< delivered to nobody: lost on the way to the server
  std::vector<double> delays;       ///< in milliseconds

  double delay(double share) {
    if (delays.empty()) return -1;
    const auto at = delays.begin() + std::ptrdiff_t(double(delays.size() - 1) * share);
    std::nth_element(delays.begin(), at, delays.end());
    return *at;
  }
};

class Guests {
 public:
  explicit Guests(const Options& options) : options_(options), to_(parse_address(options.to)) {
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    require(epoll_ >= 0, "epoll_create1");
    for (std::size_t i = 0; i < options.guests; ++i) add_guest(i);
  }

  void come_online() {
    const auto give_up_at = steady_clock::now() + kPatience;
    std::size_t online = 0;
    for (std::size_t i = 0; i < sockets_.size(); ++i) say(i, "\n");
    while (online < sockets_.size()) {
      if (steady_clock::now() > give_up_at) {
        throw std::runtime_error(
            fmt::format("Only {} of {} guests are online.", online, sockets_.size()));
      }
      listen(std::chrono::milliseconds(100), [&](std::string_view datagram) {
        if (datagram.starts_with("-- Welcome")) ++online;
        if (datagram.starts_with("-- send ")) throw std::runtime_error("A code is asked for.");
      });
    }
  }

  Figures talk(double seconds) {
    Figures figures;
    ++period_;
    const auto began = steady_clock::now();
    const double each = 1 / (options_.rate * double(sockets_.size()));
    const auto lines = std::uint64_t(seconds / each);
    hearers_.assign(lines, 0);
    auto heard_last = began;
    const auto hear = [&](std::string_view datagram) {
      heard_last = steady_clock::now();
      take_in(datagram, figures);
    };
    while (figures.said < lines || steady_clock::now() - heard_last < kSilence) {
      const auto due = began + std::chrono::duration_cast<steady_clock::duration>(
                                   std::chrono::duration<double>(double(figures.said) * each));
      const auto now = steady_clock::now();
      if (figures.said < lines && now >= due) {
        const auto nanoseconds = now.time_since_epoch().count();
        say(figures.said % sockets_.size(),
            fmt::format("talk {} {} {}\n", period_, figures.said, nanoseconds));
        ++figures.said;
        heard_last = now;
        listen(std::chrono::milliseconds(0), hear);
      } else {
        const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(due - now);
        listen(figures.said < lines ? std::min(rest, kSilence) : kSilence, hear);
      }
    }
    figures.unheard_lines = std::uint64_t(std::count(hearers_.begin(), hearers_.end(), 0));
    return figures;
  }

  std::size_t size() const { return sockets_.size(); }

 private:
  void add_guest(std::size_t number) {
    const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    require(descriptor >= 0, "A socket");
    set_buffer(descriptor, SO_RCVBUF, 4 << 20);
    // The networks in turn, then the next address in each.
    const std::string& first = options_.from[number % options_.from.size()];
    sockaddr_in own = parse_address(first + ":0");
    own.sin_addr = plus(own.sin_addr, std::uint32_t(number / options_.from.size()));
    require(bind(descriptor, reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0, "bind");
    require(connect(descriptor, reinterpret_cast<const sockaddr*>(&to_), sizeof to_) == 0,
            "connect");
    epoll_event interest{};
    interest.events = EPOLLIN;
    interest.data.fd = descriptor;
    require(epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &interest) == 0, "epoll_ctl");
    sockets_.push_back(descriptor);
  }

  void say(std::size_t guest, std::string_view text) {
    // A datagram that is not sent is reported missing at its receiver.
    send(sockets_[guest], text.data(), text.size(), 0);
  }

  template <typename Hear>
  void listen(std::chrono::milliseconds patience, Hear hear) {
    std::array<epoll_event, 128> ready{};
    const int count = epoll_wait(epoll_, ready.data(), int(ready.size()), int(patience.count()));
    std::array<char, kLongestDatagram> bytes{};
    for (int i = 0; i < count; ++i) {
      for (;;) {
        const auto size = recv(ready[std::size_t(i)].data.fd, bytes.data(), bytes.size(), 0);
        if (size < 0) break;
        hear(std::string_view(bytes.data(), std::size_t(size)));
      }
    }
  }

  void take_in(std::string_view datagram, Figures& figures) {
    const auto now = steady_clock::now().time_since_epoch().count();
    constexpr std::string_view kMark = "> talk ";
    while (!datagram.empty()) {
      const std::size_t end = std::min(datagram.find('\n'), datagram.size());
      std::string_view line = datagram.substr(0, end);
      datagram.remove_prefix(std::min(end + 1, datagram.size()));
      const std::size_t mark = line.find(kMark);
      if (mark == std::string_view::npos) continue;
      line.remove_prefix(mark + kMark.size());
      const std::uint64_t period = take_number(line);
      const std::uint64_t number = take_number(line);
      const std::uint64_t said_at = take_number(line);
      if (period != period_ || number >= hearers_.size()) continue;
      ++figures.heard;
      ++hearers_[number];
      figures.delays.push_back(double(now - std::int64_t(said_at)) / 1e6);
    }
  }

  static std::uint64_t take_number(std::string_view& text) {
    std::uint64_t number = 0;
    const char* end = std::from_chars(text.data(), text.data() + text.size(), number).ptr;
    text.remove_prefix(std::min(std::size_t(end - text.data()) + 1, text.size()));
    return number;
  }

  Options options_;
  sockaddr_in to_;
  int epoll_ = -1;
  std::uint64_t period_ = 0;
  std::vector<int> sockets_;
  std::vector<std::uint32_t> hearers_;  // for each line of this period
};

int parse_and_run(int argc, char** argv) {
  Options options;
  CLI::App app("Guests who talk, and the figures of their deliveries.");
  app.add_option("--to", options.to, "The server: IPv4 address and port")->required();
  app.add_option("--from", options.from, "First addresses of the guests, used in turn")->required();
  app.add_option("--guests", options.guests, "How many")->check(CLI::Range(2, 900));
  app.add_option("--rate", options.rate, "Lines a second of each")->check(CLI::Range(0.1, 1000.0));
  CLI11_PARSE(app, argc, argv);

  // Raised priority: the server's delay is to be measured, not this program's.
  setpriority(PRIO_PROCESS, 0, -10);
  Guests guests(options);
  guests.come_online();
  fmt::print("online\n");
  std::fflush(stdout);
  for (std::string seconds; std::getline(std::cin, seconds);) {
    Figures figures = guests.talk(std::clamp(std::stod(seconds), 0.1, 300.0));
    const std::uint64_t due = figures.said * (guests.size() - 1);
    fmt::print(
        "{{\"said\": {}, \"due\": {}, \"heard\": {}, \"unheard_lines\": {}, \"p50\": {:.3f}, "
        "\"p99\": {:.3f}, \"most\": {:.3f}}}\n",
        figures.said, due, figures.heard, figures.unheard_lines, figures.delay(0.5),
        figures.delay(0.99), figures.delay(1));
    std::fflush(stdout);
  }
  return EX_OK;
}

}  // namespace
}  // namespace palabre::load

int main(int argc, char** argv) {
  return palabre::load::run("talk", palabre::load::parse_and_run, argc, argv);
}
