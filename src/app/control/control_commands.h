#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include "app/control/order_commands.h"
#include "app/output.h"
#include "base/result.h"
#include "server/doors/operators/request.h"

namespace palabre::app {

/// The operator's commands: who, invite, revoke, stats, and orders. Each asks the server that runs
/// on this machine.
class ControlCommands {
 public:
  /// Registers the subcommands in `palabre`. This object must exist until parsing has ended.
  explicit ControlCommands(CLI::App& palabre);
  ControlCommands(const ControlCommands&) = delete;
  ControlCommands& operator=(const ControlCommands&) = delete;

  /// Whether one of them was given. Call it after parsing.
  bool given() const { return given_; }
  /// Sends the request and prints the answer. Requires `given()`.
  Result<void> run(Output& output) const;

 private:
  using What = server::ControlRequest::What;

  CLI::App* add(CLI::App& palabre, What what, const char* name, const char* about);
  void add_invite(CLI::App& palabre);
  void add_revoke(CLI::App& palabre);
  /// Prints the answer to `invite`. An invite whose link cannot be printed is revoked.
  Result<void> print_invite(Output& output, const std::string& answer) const;
  static Result<std::chrono::seconds> read_time(const std::string& text);

  server::ControlRequest request_;
  std::filesystem::path control_;
  std::string expires_ = "7d";
  bool given_ = false;
  OrderCommands orders_;  // last: it is made with `add`
};

}  // namespace palabre::app
