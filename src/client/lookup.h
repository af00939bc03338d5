#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/address.h"
#include "chat/ids.h"

namespace palabre::client {

/// Asks for a host's addresses, each time on a thread that nobody waits for: with a silent name
/// server getaddrinfo takes as long as it likes, and Asio's resolver is not gone before it is done.
class Lookup {
 public:
  using Addresses = std::vector<Address>;
  /// Blocks. Runs on another thread, perhaps for longer than everything else is there.
  using Ask = std::function<Addresses(const std::string& host, std::uint16_t port)>;

  static Addresses ask_system(const std::string& host, std::uint16_t port);

  explicit Lookup(boost::asio::io_context& io, Ask ask = ask_system);
  ~Lookup();
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;

  /// `on_found` is called in the loop, with nothing where there is nothing; not after another
  /// `start`, `cancel` or the end of this.
  void start(std::string host, std::uint16_t port, std::function<void(const Addresses&)> on_found);
  void cancel();

 private:
  struct Question;

  boost::asio::io_context& io_;
  Ask ask_;
  std::shared_ptr<Question> question_;  // the last one
};

/// How a name becomes addresses.
struct Naming {
  Lookup::Ask ask = Lookup::ask_system;
  /// From an answer to the next question, while no server answers.
  Duration pause = std::chrono::seconds(5);
};

}  // namespace palabre::client
