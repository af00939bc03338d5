#include <fmt/format.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "load.h"

// Sends datagrams with forged sources, at a rate held by the clock, a bounded number of them. Needs
// a raw socket, and the test's own network namespace around it.

namespace palabre::load {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kBatch = 32;
constexpr std::uint64_t kMost = 50'000'000;
constexpr std::string_view kCodeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

struct Options {
  std::string to;
  std::string source;
  std::uint32_t sources = 1;
  double rate = 1000;
  std::uint64_t count = 1000;
  double seconds = 60;
  std::string text = "salut !\n";
  bool guesses = false;
};

/// One datagram with its IP and UDP headers.
class Forged {
 public:
  Forged(const sockaddr_in& to, in_port_t from_port, std::string_view text)
      : bytes_(sizeof(iphdr) + sizeof(udphdr) + text.size()) {
    iphdr ip{};
    ip.version = 4;
    ip.ihl = sizeof ip / 4;
    ip.ttl = 64;
    ip.protocol = IPPROTO_UDP;
    ip.daddr = to.sin_addr.s_addr;
    udphdr udp{};  // without a checksum, as IPv4 permits
    udp.source = from_port;
    udp.dest = to.sin_port;
    udp.len = htons(static_cast<std::uint16_t>(sizeof udp + text.size()));
    std::memcpy(bytes_.data(), &ip, sizeof ip);
    std::memcpy(bytes_.data() + sizeof ip, &udp, sizeof udp);
    std::memcpy(this->text(), text.data(), text.size());
  }

  void set_source(in_addr source) {
    std::memcpy(bytes_.data() + offsetof(iphdr, saddr), &source, sizeof source);
  }
  char* text() { return bytes_.data() + sizeof(iphdr) + sizeof(udphdr); }
  iovec part() { return {bytes_.data(), bytes_.size()}; }

 private:
  std::vector<char> bytes_;
};

class Flood {
 public:
  explicit Flood(const Options& options)
      : options_(options), to_(parse_address(options.to)), from_(parse_address(options.source)) {
    socket_ = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
    require(socket_ >= 0, "A raw socket");
    set_buffer(socket_, SO_SNDBUF, 8 << 20);
    const std::string text = options.guesses ? "????????\n" : options.text;
    for (std::size_t i = 0; i < kBatch; ++i) batch_.emplace_back(to_, from_.sin_port, text);
    for (std::size_t i = 0; i < kBatch; ++i) {
      parts_[i] = batch_[i].part();
      headers_[i].msg_hdr.msg_name = &to_;
      headers_[i].msg_hdr.msg_namelen = sizeof to_;
      headers_[i].msg_hdr.msg_iov = &parts_[i];
      headers_[i].msg_hdr.msg_iovlen = 1;
    }
  }

  void run() {
    const auto began = steady_clock::now();
    const auto end = began + std::chrono::duration_cast<steady_clock::duration>(
                                 std::chrono::duration<double>(options_.seconds));
    Pace pace(options_.rate);
    std::uint64_t sent = 0;
    std::uint64_t tried = 0;
    while (tried < options_.count && steady_clock::now() < end) {
      const std::size_t size = std::min<std::uint64_t>(kBatch, options_.count - tried);
      for (std::size_t i = 0; i < size; ++i) prepare(batch_[i], tried + i);
      sent += send(size);
      tried += size;
      pace.wait_for(tried);
    }
    const std::chrono::duration<double> took = steady_clock::now() - began;
    fmt::print("{{\"sent\": {}, \"tried\": {}, \"seconds\": {:.3f}}}\n", sent, tried, took.count());
  }

 private:
  void prepare(Forged& datagram, std::uint64_t number) {
    datagram.set_source(
        plus(from_.sin_addr, static_cast<std::uint32_t>(number % options_.sources)));
    if (!options_.guesses) return;
    std::uint64_t bits = random_();
    for (std::size_t i = 0; i < 8; ++i, bits >>= 5) datagram.text()[i] = kCodeAlphabet[bits & 31];
  }

  std::size_t send(std::size_t size) {
    std::size_t next = 0;
    std::size_t sent = 0;
    while (next < size) {
      const int done = sendmmsg(socket_, headers_.data() + next, unsigned(size - next), 0);
      if (done > 0) {
        next += std::size_t(done);
        sent += std::size_t(done);
      } else if (errno == ENOBUFS) {
        ++next;  // the network is full: the datagram is lost, as on a real one
      } else {
        require(errno == EINTR, "Sending");
      }
    }
    return sent;
  }

  Options options_;
  sockaddr_in to_;
  sockaddr_in from_;
  int socket_ = -1;
  std::mt19937_64 random_{1};
  std::vector<Forged> batch_;
  std::array<iovec, kBatch> parts_{};
  std::array<mmsghdr, kBatch> headers_{};
};

int parse_and_run(int argc, char** argv) {
  Options options;
  CLI::App app("Datagrams with forged sources, bounded in number, rate and time.");
  app.add_option("--to", options.to, "IPv4 address and port")->required();
  app.add_option("--source", options.source, "The first forged source: IPv4 address and port")
      ->required();
  app.add_option("--sources", options.sources, "The number of forged addresses, used in turn")
      ->check(CLI::Range(1u, 1u << 24));
  app.add_option("--rate", options.rate, "Datagrams a second")->check(CLI::Range(1.0, 1e7));
  app.add_option("--count", options.count, "Datagrams in all")
      ->check(CLI::Range(std::uint64_t{1}, kMost));
  app.add_option("--seconds", options.seconds, "The most seconds")->check(CLI::Range(0.1, 600.0));
  app.add_option("--text", options.text, "The text of each");
  app.add_option("--guesses", options.guesses, "Send guesses of a code instead of the text");
  CLI11_PARSE(app, argc, argv);
  Flood(options).run();
  return EX_OK;
}

}  // namespace
}  // namespace palabre::load

int main(int argc, char** argv) {
  return palabre::load::run("flood", palabre::load::parse_and_run, argc, argv);
}
