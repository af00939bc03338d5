#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "link/quic/client.h"
#include "load.h"

// Starts many QUIC handshakes that are never continued, each from its own loopback address;
// measures meanwhile how long honest handshakes take.

namespace palabre::load {
namespace {

using std::chrono::steady_clock;

constexpr int kBatch = 100;
constexpr auto kPatience = std::chrono::seconds(10);

struct Options {
  std::string to;
  std::uint32_t count = 5000;
  std::uint32_t handshakes = 100;
};

/// A client's non-blocking socket.
class Socket final : public link::DatagramSocket {
 public:
  Socket(const sockaddr_in& from, const sockaddr_in& to, const Address& server)
      : descriptor_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)),
        server_{server, {}} {
    require(descriptor_ >= 0, "A socket");
    require(bind(descriptor_, reinterpret_cast<const sockaddr*>(&from), sizeof from) == 0, "bind");
    require(connect(descriptor_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0,
            "connect");
  }
  ~Socket() override { close(descriptor_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  std::span<const link::Inbound> receive() override {
    const auto size = recv(descriptor_, bytes_.data(), bytes_.size(), 0);
    if (size <= 0) return {};
    inbound_ = {server_, 1, {bytes_.data(), static_cast<std::size_t>(size)}};
    return {&inbound_, 1};
  }
  std::size_t send(std::span<const link::Outbound> datagrams) override {
    for (const link::Outbound& datagram : datagrams) {
      msghdr message{};
      message.msg_iov = const_cast<iovec*>(datagram.parts.data());
      message.msg_iovlen = datagram.parts.size();
      if (sendmsg(descriptor_, &message, 0) > 0) ++sent;
    }
    return datagrams.size();
  }
  void wait(std::chrono::milliseconds most) {
    pollfd wait{descriptor_, POLLIN, 0};
    poll(&wait, 1, static_cast<int>(most.count()));
  }

  std::uint64_t sent = 0;

 private:
  int descriptor_;
  link::Path server_;
  link::Inbound inbound_;
  std::array<char, 65536> bytes_{};
};

class Opened final : public link::LinkUser {
 public:
  void on_open(link::Link&, Instant) override { is_open = true; }
  void on_bytes(link::Link&, std::string_view, Instant) override {}
  void on_datagram(link::Link&, std::string_view, Instant) override {}
  void on_room(link::Link&, Instant) override {}
  void on_closed(link::Link&, const Closed&, Instant) override {}

  bool is_open = false;
};

class Load {
 public:
  explicit Load(const Options& options)
      : options_(options),
        to_(parse_address(options.to)),
        server_(Address(to_)),
        tls_(link::QuicTls::client()) {}

  /// Sends the first packet of each handshake, from its own address; does not read the server's
  /// answers.
  void begin_without_going_on(std::uint32_t from, std::uint32_t count) {
    for (std::uint32_t i = from; i < from + count; ++i) {
      Opened nobody;
      link::QuicClient client(nobody, *tls_, server_, {}, {}, steady_clock::now());
      Socket socket(address("127.1.0.1:0", i), to_, server_);
      client.flush(socket, steady_clock::now());
      initials_ += socket.sent;
    }
  }

  /// The time until a link is open.
  double shake_hands(std::uint32_t number) {
    const auto began = steady_clock::now();
    Opened user;
    link::QuicClient client(user, *tls_, server_, {}, {}, began);
    Socket socket(address("127.2.0.1:0", number), to_, server_);
    while (!user.is_open) {
      auto now = steady_clock::now();
      if (now - began > kPatience) throw std::runtime_error("A handshake does not end.");
      client.flush(socket, now);
      const auto due = client.next_deadline().value_or(now + kPatience);
      socket.wait(std::clamp(std::chrono::ceil<std::chrono::milliseconds>(due - now),
                             std::chrono::milliseconds(0), std::chrono::milliseconds(50)));
      now = steady_clock::now();
      if (due <= now) client.on_deadline(now);
      for (auto batch = socket.receive(); !batch.empty(); batch = socket.receive()) {
        client.read(batch.front(), now);
      }
    }
    const std::chrono::duration<double, std::milli> took = steady_clock::now() - began;
    client.close("bye");
    client.flush(socket, steady_clock::now());
    return took.count();
  }

  int run() {
    std::vector<double> took;
    std::uint32_t begun = 0;
    while (begun < options_.count || took.size() < options_.handshakes) {
      const std::uint32_t batch = std::min<std::uint32_t>(kBatch, options_.count - begun);
      begin_without_going_on(begun, batch);
      begun += batch;
      const std::size_t due = begun == options_.count
                                  ? options_.handshakes
                                  : options_.handshakes * std::size_t{begun} / options_.count;
      while (took.size() < due) {
        took.push_back(shake_hands(static_cast<std::uint32_t>(took.size())));
      }
    }
    std::sort(took.begin(), took.end());
    fmt::print("{{\"initials\": {}, \"handshakes\": {}, \"p50\": {:.1f}, \"p99\": {:.1f}}}\n",
               initials_, took.size(), took[took.size() / 2],
               took[std::min(took.size() - 1, took.size() * 99 / 100)]);
    return EX_OK;
  }

 private:
  static sockaddr_in address(const char* first, std::uint32_t offset) {
    sockaddr_in at = parse_address(first);
    at.sin_addr = plus(at.sin_addr, offset);
    return at;
  }

  Options options_;
  sockaddr_in to_;
  Address server_;
  std::unique_ptr<link::QuicTls> tls_;
  std::uint64_t initials_ = 0;
};

int parse_and_run(int argc, char** argv) {
  Options options;
  CLI::App app("Abandoned QUIC handshakes, and honest ones beside them.");
  app.add_option("--to", options.to, "The server: an IPv4 address of loopback, and a port")
      ->required();
  app.add_option("--count", options.count, "The number of abandoned handshakes");
  app.add_option("--handshakes", options.handshakes, "The number of honest handshakes")
      ->check(CLI::Range(1, 100'000));
  CLI11_PARSE(app, argc, argv);
  return Load(options).run();
}

}  // namespace
}  // namespace palabre::load

int main(int argc, char** argv) {
  return palabre::load::run("initials", palabre::load::parse_and_run, argc, argv);
}
