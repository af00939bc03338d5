#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <spdlog/logger.h>

#include "app/serve/log_writer.h"

namespace palabre::app {

/// The line that replaces `lost` dropped log lines.
std::string lost_line(std::uint64_t lost);

/// A logger that writes to `writer`, which it borrows, one readable line an entry. Entries are
/// sanitized by the filter for text shown to guests, since they quote strangers: no escape reaches
/// the operator's terminal, and no newline forges an entry. `level` is one of spdlog's names.
std::shared_ptr<spdlog::logger> open_log(LogWriter& writer, const std::string& level);

}  // namespace palabre::app
