#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "app/member/client_config.h"
#include "app/member/errand.h"
#include "app/output.h"
#include "base/result.h"
#include "client/member_client.h"
#include "wire/link_uri.h"

namespace palabre::app {

/// The member's commands: chat, send, tail.
class ClientCommands {
 public:
  /// Registers the subcommands in `palabre`. This object must exist until parsing has ended.
  explicit ClientCommands(CLI::App& palabre);
  ClientCommands(const ClientCommands&) = delete;
  ClientCommands& operator=(const ClientCommands&) = delete;

  /// Whether one of them was given. Call it after parsing.
  bool given() const { return what_.has_value(); }
  /// Runs the command. `send` and `tail` write to `output`; `chat` uses the terminal itself.
  /// Requires `given()`.
  Result<void> run(Output& output) const;

 private:
  enum class What { kChat, kSend, kTail };

  CLI::App* add(CLI::App& palabre, What what, const char* name, const char* about);
  Result<void> chat(const ClientConfig& config, const wire::Target& target) const;
  Result<void> send(const wire::Target& target, client::Nicks nicks, Output& output) const;
  Result<void> tail(const wire::Target& target, client::Nicks nicks, Output& output) const;
  ErrandOptions errand(const wire::Target& target, client::Nicks nicks) const;
  client::Nicks nicks(const ClientConfig& config) const;
  Result<wire::Target> target(const ClientConfig& config) const;

  std::optional<What> what_;
  std::string target_;
  std::optional<std::string> nick_;
  std::uint32_t timeout_seconds_ = 30;
  bool wait_ = false;
  bool plain_ = false;
  bool strict_ = false;
  std::string pin_;
  std::string link_file_;
  std::optional<std::string> text_;
  bool multiline_ = false;
  bool kept_ = false;
  std::optional<std::string> from_;
  std::string since_;
  bool json_ = false;
  bool follow_ = false;
};

}  // namespace palabre::app
