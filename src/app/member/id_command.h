#pragma once

#include <CLI/CLI.hpp>

#include "app/output.h"
#include "base/result.h"

namespace palabre::app {

/// `palabre id`: prints the user's public key.
class IdCommand {
 public:
  /// Registers the subcommand in `palabre`. This object must exist until parsing has ended.
  explicit IdCommand(CLI::App& palabre);
  IdCommand(const IdCommand&) = delete;
  IdCommand& operator=(const IdCommand&) = delete;

  /// Whether the subcommand was given. Call it after parsing.
  bool given() const { return given_; }
  /// Prints the public key; creates the key pair where there is none yet.
  static Result<void> run(Output& output);

 private:
  bool given_ = false;
};

}  // namespace palabre::app
