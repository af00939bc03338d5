#pragma once

#include <CLI/CLI.hpp>

#include "app/output.h"
#include "base/result.h"

namespace palabre::app {

/// `palabre id`: who one is to every server.
class IdCommand {
 public:
  /// Adds it to `palabre`, which calls back into this: it stays where it is.
  explicit IdCommand(CLI::App& palabre);
  IdCommand(const IdCommand&) = delete;
  IdCommand& operator=(const IdCommand&) = delete;

  /// Whether it was given. Asked after the command line has been read.
  bool given() const { return given_; }
  /// Writes it to standard output; makes the key where there is none yet.
  static Result<void> run(Output& output);

 private:
  bool given_ = false;
};

}  // namespace palabre::app
