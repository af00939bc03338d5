#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include <spdlog/logger.h>

namespace palabre::app {

/// A log on `stream`, one readable line an entry. Whatever an entry repeats of what strangers wrote
/// is made safe first, by the filter that guards what guests are shown: no escape reaches the
/// operator's terminal, and no newline forges an entry. `level` is a name of spdlog's.
std::shared_ptr<spdlog::logger> open_log(std::FILE* stream, const std::string& level);

}  // namespace palabre::app
