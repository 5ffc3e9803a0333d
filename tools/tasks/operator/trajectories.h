#pragma once

#include <memory>
#include <utility>

#include "tools/tasks/operator/field_pairs.h"

namespace fno::operators {

/// The axes of x and y, by what `reading` says of them. Where it says nothing: (samples, channels, n1 …), y with an
/// axis of time before the grid if it has one axis more; with --time-axis alone (samples, n1 …) or of five axes and
/// more (samples, channels, n1 …) around time, in x as far as it has as many axes. Errors: data, where there is no such
/// reading; config, for an axis of time that is none or another than the layout's.
[[nodiscard]] std::pair<Layout, Layout> layouts_of(const ArrayInfo& x, const ArrayInfo& y, const std::string& path,
                                                   const Reading& reading);

/// The axes of inputs alone, and those that targets of a network of so many dimensions would have: one more in front of
/// the grid where the inputs are `repeated` along it. Errors: as above.
[[nodiscard]] std::pair<Layout, Layout> layouts_for_inputs(const ArrayInfo& x, const std::string& path,
                                                           const Reading& reading, int dims, bool repeated);

/// Whether states in time are wanted of a file: asked for by `history`, or there is a time but one array of fields
/// alone.
[[nodiscard]] bool are_trajectories(const ArrayFile& file, const Reading& reading);

/// Reads states in time: one array, (samples, time, n1 …) where nobody says otherwise; or x and y, whose states follow
/// those of x. A state x that y begins with is not taken twice. Unless some must `follow` the history, there may be
/// none; and for a history of one, an array of one axis less than (samples, time, n1 … n`dims`) is one state of each
/// sample. Errors: as read_field_pairs; config, for more history than there are states.
[[nodiscard]] FieldPairs read_trajectories(const std::shared_ptr<const ArrayFile>& file, const Reading& reading,
                                           bool follow = true, int dims = 0);

}  // namespace fno::operators
