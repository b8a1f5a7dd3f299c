//! Dates and times of any precision.

use std::cmp::Ordering;

/// What a date or time is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Date,
    DateTime,
    Time,
}

impl Kind {
    pub(crate) fn of_type(name: &str) -> Option<Self> {
        match name {
            "date" => Some(Self::Date),
            "dateTime" | "instant" => Some(Self::DateTime),
            "time" => Some(Self::Time),
            _ => None,
        }
    }
}

/// A date, a date with time, or a time of day, as precise as it was written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Temporal {
    /// Year, month, day: as many as were given. Empty for a time of day.
    pub(crate) date: Vec<u32>,
    /// Hour, minute, second: as many as were given.
    pub(crate) time: Vec<u32>,
    /// Digits of the fraction of a second.
    pub(crate) fraction: String,
    /// Offset from UTC as written: `Z`, `+01:00`.
    pub(crate) zone: Option<String>,
}

impl Temporal {
    /// `2020`, `2020-01-31`, `2020-01-31T10:30:00.5+01:00`, `10:30`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (date, time) = match text.split_once('T') {
            Some((date, time)) => (date, Some(time)),
            None if text.get(2..3) == Some(":") || text.len() == 2 => ("", Some(text)),
            None => (text, None),
        };
        let date = if date.is_empty() && time.is_some() {
            Vec::new()
        } else {
            numbers(date, '-', &[4, 2, 2])?
        };
        let mut temporal = Self { date, time: Vec::new(), fraction: String::new(), zone: None };
        if let Some(time) = time {
            let (clock, zone) = time.split_at(time.find(['Z', '+', '-']).unwrap_or(time.len()));
            let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
            temporal.time = numbers(clock, ':', &[2, 2, 2])?;
            fraction.clone_into(&mut temporal.fraction);
            temporal.zone = Some(zone.to_owned()).filter(|zone| !zone.is_empty());
        }
        temporal.is_sound().then_some(temporal)
    }

    fn is_sound(&self) -> bool {
        let within = |value: Option<&u32>, least, most| {
            value.is_none_or(|value| (least..=most).contains(value))
        };
        let of_day = self.date.is_empty() || self.time.is_empty() || self.date.len() == 3;
        of_day
            && within(self.date.get(1), 1, 12)
            && within(self.date.get(2), 1, self.days_in_month())
            && within(self.time.first(), 0, 23)
            && within(self.time.get(1), 0, 59)
            && within(self.time.get(2), 0, 60)
            && self.fraction.len() <= 9
            && self.fraction.bytes().all(|b| b.is_ascii_digit())
            && (self.fraction.is_empty() || self.time.len() == 3)
            && self.zone.as_deref().is_none_or(|zone| offset(zone).is_some())
    }

    pub(crate) fn kind(&self) -> Kind {
        match (self.date.is_empty(), self.time.is_empty()) {
            (true, _) => Kind::Time,
            (false, true) => Kind::Date,
            (false, false) => Kind::DateTime,
        }
    }

    pub(crate) fn days_in_month(&self) -> u32 {
        let year = self.date.first().copied().unwrap_or(4);
        match self.date.get(1) {
            Some(2)
                if year.is_multiple_of(4)
                    && (!year.is_multiple_of(100) || year.is_multiple_of(400)) =>
            {
                29
            }
            Some(2) => 28,
            Some(4 | 6 | 9 | 11) => 30,
            _ => 31,
        }
    }

    /// Which is earlier; unknown where they agree as far as the less precise one goes, or where only one has an offset from UTC.
    pub(crate) fn compare(&self, other: &Self) -> Option<Ordering> {
        if self.date.is_empty() != other.date.is_empty() {
            return None;
        }
        let timed = !self.time.is_empty() && !other.time.is_empty();
        if timed && self.zone.is_some() != other.zone.is_some() {
            return None;
        }
        let (left, right) = (self.parts(timed), other.parts(timed));
        let common = left.len().min(right.len());
        match left[..common].cmp(&right[..common]) {
            Ordering::Equal if left.len() != right.len() => None,
            ordering => Some(ordering),
        }
    }

    /// Numbers from the coarsest to the finest; a full time with an offset is brought to UTC. Seconds are nanoseconds here, so that
    /// `10:00:00` and `10:00:00.0` are equal.
    fn parts(&self, timed: bool) -> Vec<i64> {
        let nanoseconds = format!("{:0<9}", self.fraction).parse::<i64>().unwrap_or(0);
        let second =
            self.time.get(2).map(|second| i64::from(*second) * 1_000_000_000 + nanoseconds);
        if let (true, [year, month, day], [hour, minute, ..], Some(offset)) = (
            timed,
            self.date.as_slice(),
            self.time.as_slice(),
            self.zone.as_deref().and_then(offset),
        ) {
            let minutes = days(i64::from(*year), *month, *day) * 1440
                + i64::from(hour * 60 + minute)
                - offset;
            return [minutes].into_iter().chain(second).collect();
        }
        let date = self.date.iter().map(|part| i64::from(*part));
        date.chain(self.time.iter().take(2).map(|part| i64::from(*part))).chain(second).collect()
    }
}

/// Whether the text is a full date (`YYYY-MM-DD`).
pub(crate) fn is_date(text: &str) -> bool {
    Temporal::parse(text)
        .is_some_and(|temporal| temporal.date.len() == 3 && temporal.time.is_empty())
}

/// Numbers of fixed widths with a separator between them: at least the first.
fn numbers(text: &str, separator: char, widths: &[usize]) -> Option<Vec<u32>> {
    let parts: Vec<&str> = text.split(separator).collect();
    if parts.len() > widths.len() {
        return None;
    }
    let number = |(part, width): (&&str, &usize)| {
        let fits = part.len() == *width && part.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| part.parse().ok()).flatten()
    };
    parts.iter().zip(widths).map(number).collect()
}

/// Minutes east of UTC.
fn offset(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let (sign, rest) = zone.split_at_checked(1)?;
    let parts = numbers(rest, ':', &[2, 2])
        .filter(|parts| parts.len() == 2 && parts[0] <= 14 && parts[1] < 60)?;
    let minutes = i64::from(parts[0] * 60 + parts[1]);
    match sign {
        "+" => Some(minutes),
        "-" => Some(-minutes),
        _ => None,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar (H. Hinnant, "chrono-compatible low-level date algorithms").
pub(crate) fn days(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted = i64::from((month + 9) % 12);
    let day_of_year = (153 * shifted + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}
