#include "fanout_load.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <thread>

namespace palabre::bench {
namespace {

using std::chrono::steady_clock;

double per_second(std::size_t count, std::chrono::nanoseconds time) {
  return static_cast<double>(count) / std::chrono::duration<double>(time).count();
}

/// Calls `on_line` for each line of a datagram, without its newline.
template <typename OnLine>
void split_lines(std::string_view datagram, OnLine on_line) {
  while (!datagram.empty()) {
    const std::size_t end = std::min(datagram.find('\n'), datagram.size());
    on_line(datagram.substr(0, end));
    datagram.remove_prefix(std::min(end + 1, datagram.size()));
  }
}

/// Ends a load that does not complete: after 2 s without a datagram, and after 10 s in any case.
/// Reads the clock only while nothing comes.
class Patience {
 public:
  void something_came() { quiet_since_.reset(); }

  bool is_over() {
    const auto now = steady_clock::now();
    if (!quiet_since_) quiet_since_ = now;
    const auto quiet = now - *quiet_since_;
    // On a single processor the server needs this thread to yield. Where it has its own, yielding
    // at once would only give this processor to other programs.
    if (quiet > kBeforeYielding) std::this_thread::yield();
    return quiet > kLongestQuiet || now - began_ > kLongest;
  }

 private:
  static constexpr std::chrono::microseconds kBeforeYielding{200};
  static constexpr std::chrono::seconds kLongestQuiet{2};
  static constexpr std::chrono::seconds kLongest{10};

  Instant began_ = steady_clock::now();
  std::optional<Instant> quiet_since_;
};

/// Measures the cost of a load, from construction until `stop`.
class Meter {
 public:
  explicit Meter(const ServerProcess& server)
      : server_(server), began_(steady_clock::now()), cpu_began_(server.cpu_time()) {}

  void stop(Outcome& outcome) const {
    outcome.wall = steady_clock::now() - began_;
    // The CPU clock of another process advances only at ticks and when that process sleeps: without
    // the wait, work after the last delivery would not be counted.
    std::this_thread::sleep_for(kLongestTick);
    outcome.cpu = server_.cpu_time() - cpu_began_;
  }

 private:
  static constexpr std::chrono::milliseconds kLongestTick{10};

  const ServerProcess& server_;
  Instant began_;
  std::chrono::nanoseconds cpu_began_;
};

}  // namespace

double Outcome::deliveries_per_cpu_second() const { return per_second(deliveries, cpu); }
double Outcome::deliveries_per_second() const { return per_second(deliveries, wall); }

void Load::post(const ServerProcess& server, Instant due) {
  const Label label = ledger_.next(due);
  const PostedText text = write_text(label);
  crowd_.send(label.author, server.address(), {text.data(), text.size()});
}

/// Reads the datagrams of one guest, and calls `on_delivery` with the time when a message was due
/// and the current time. False: no datagrams wait.
template <typename OnDelivery>
bool Load::take_datagrams(Outcome& outcome, OnDelivery on_delivery) {
  const Crowd::Received received = crowd_.receive();
  if (!received.guest) return false;
  const auto now = steady_clock::now();
  for (const std::string_view datagram : received.datagrams) {
    if (datagram.starts_with(kNoticeMark)) continue;
    ++outcome.datagrams;
    split_lines(datagram, [&](std::string_view line) {
      const auto label = read_line(line);
      const auto due = label ? ledger_.deliver(*received.guest, label->number) : std::nullopt;
      if (!due) {
        ++outcome.unexpected;
        return;
      }
      ++outcome.deliveries;
      on_delivery(*due, now);
    });
  }
  return true;
}

Outcome Load::run_closed(const ServerProcess& server, std::size_t messages, std::size_t window) {
  Outcome outcome;
  Patience patience;
  const Meter meter(server);
  std::size_t posted = 0;
  while (posted < messages || ledger_.in_flight() > 0) {
    while (posted < messages && ledger_.in_flight() < window && ledger_.has_room()) {
      post(server, steady_clock::now());
      ++posted;
    }
    if (take_datagrams(outcome, [](Instant, Instant) {})) {
      patience.something_came();
    } else if (patience.is_over()) {
      break;
    }
  }
  meter.stop(outcome);
  outcome.lost = ledger_.give_up();
  return outcome;
}

Load::Timed Load::run_open(const ServerProcess& server, std::size_t messages,
                           std::chrono::nanoseconds interval) {
  Timed timed;
  timed.latencies.reserve(messages * (crowd_.size() - 1));
  Patience patience;
  const Meter meter(server);
  const auto began = steady_clock::now();
  const auto due = [&](std::size_t message) { return began + message * interval; };
  std::size_t posted = 0;
  while (posted < messages || ledger_.in_flight() > 0) {
    const auto now = steady_clock::now();
    while (posted < messages && due(posted) <= now && ledger_.has_room()) {
      post(server, due(posted));
      ++posted;
    }
    if (take_datagrams(timed.outcome, [&](Instant due_at, Instant received_at) {
          timed.latencies.push_back(received_at - due_at);
        })) {
      patience.something_came();
    } else if (patience.is_over()) {
      break;
    }
  }
  meter.stop(timed.outcome);
  timed.outcome.lost = ledger_.give_up();
  return timed;
}

}  // namespace palabre::bench
