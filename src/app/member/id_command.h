#pragma once

#include <CLI/CLI.hpp>

#include "app/output.h"
#include "base/result.h"

namespace palabre::app {

/// `palabre id`: prints the user's public key.
class IdCommand {
 public:
  /// Adds it to `palabre`, which keeps a pointer to this object for its callbacks.
  explicit IdCommand(CLI::App& palabre);
  IdCommand(const IdCommand&) = delete;
  IdCommand& operator=(const IdCommand&) = delete;

  /// Whether it was given. Requires a parsed command line.
  bool given() const { return given_; }
  /// Prints the public key; creates the key pair where there is none yet.
  static Result<void> run(Output& output);

 private:
  bool given_ = false;
};

}  // namespace palabre::app
