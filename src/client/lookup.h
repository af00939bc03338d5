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

/// Resolves a host name. Each question runs on a detached thread: getaddrinfo has no timeout if the
/// name server is silent, and Asio's resolver cannot be destroyed before getaddrinfo returns.
class Lookup {
 public:
  using Addresses = std::vector<Address>;
  /// Blocks. Runs on another thread, and may outlive the `Lookup` and the event loop.
  using Ask = std::function<Addresses(const std::string& host, std::uint16_t port)>;

  static Addresses ask_system(const std::string& host, std::uint16_t port);

  explicit Lookup(boost::asio::io_context& io, Ask ask = ask_system);
  ~Lookup();
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;

  /// Calls `on_found` once in the loop; with an empty list if nothing was found. Not after another
  /// `start`, `cancel` or the destructor.
  void start(std::string host, std::uint16_t port, std::function<void(const Addresses&)> on_found);
  void cancel();

 private:
  struct Question;

  boost::asio::io_context& io_;
  Ask ask_;
  std::shared_ptr<Question> question_;  // the latest one
};

/// How and how often a name is resolved.
struct Naming {
  Lookup::Ask ask = Lookup::ask_system;
  /// From an answer to the next question, while no link answers.
  Duration pause = std::chrono::seconds(5);
};

}  // namespace palabre::client
