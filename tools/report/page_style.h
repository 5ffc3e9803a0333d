#pragma once

#include <string>

namespace fno::report {

/// The style sheet of HtmlPage: typography, layout and colours of both themes, plots and pictures included.
[[nodiscard]] std::string page_css();

}  // namespace fno::report
