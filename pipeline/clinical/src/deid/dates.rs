//! Dates: reduced to the year, or moved by days.

/// Year, month and day of a FHIR date or dateTime as far as given, and the rest of the text after the date.
fn parts(text: &str) -> Option<(i64, Option<u32>, Option<u32>, &str)> {
    let (date, time) = text.split_at(text.find('T').unwrap_or(text.len()));
    let mut parts = date.split('-');
    let number = |part: Option<&str>, width: usize| match part {
        None => Some(None),
        Some(part) if part.len() == width && part.bytes().all(|b| b.is_ascii_digit()) => {
            part.parse::<u32>().ok().map(Some)
        }
        Some(_) => None,
    };
    let year = number(parts.next(), 4)??;
    let month = number(parts.next(), 2)?;
    let day = number(parts.next(), 2)?;
    let time_is_sound = time.is_empty()
        || (day.is_some()
            && time.bytes().all(|b| b.is_ascii_digit() || b"T:.+-Z".contains(&b))
            && time.len() <= 30);
    let sound = parts.next().is_none()
        && time_is_sound
        && month.is_none_or(|month| (1..=12).contains(&month))
        && day.is_none_or(|day| (1..=31).contains(&day));
    sound.then_some((i64::from(year), month, day, time))
}

/// The year of a date; `None` where the text is no date.
pub(crate) fn year(text: &str) -> Option<i32> {
    parts(text).and_then(|(year, ..)| i32::try_from(year).ok())
}

/// A full date moved by days, with its time; one without a day becomes a year, since a month beside moved dates would tell about them.
pub(crate) fn shift(text: &str, days: i64) -> Option<String> {
    let (year, month, day, time) = parts(text)?;
    let (Some(month), Some(day)) = (month, day) else { return Some(format!("{year:04}")) };
    let (year, month, day) = civil(days_from_civil(year, month, day) + days);
    Some(format!("{year:04}-{month:02}-{day:02}{time}"))
}

/// Days since 1970-01-01 (H. Hinnant, "chrono-compatible low-level date algorithms").
fn days_from_civil(year: i64, month: u32, day: u32) -> i64 {
    crate::view::fhirpath::days(year, month, day)
}

/// The date of a day, from the same source.
fn civil(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * shifted + 2) / 5 + 1) as u32;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 } as u32;
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_moved_over_months_and_years() {
        for (text, days, expected) in [
            ("2020-01-01", -1, Some("2019-12-31")),
            ("2020-02-28", 1, Some("2020-02-29")),
            ("2020-02-29T10:00:00+01:00", 1, Some("2020-03-01T10:00:00+01:00")),
            ("2000-03-01", -1, Some("2000-02-29")),
            ("2020-05", 30, Some("2020")),
            ("2020", 30, Some("2020")),
            ("2020-13-01", 1, None),
            ("01/02/2020", 1, None),
            ("2020-01-01 Smith", 1, None),
            ("2020-01-01Thursday", 1, None),
        ] {
            assert_eq!(shift(text, days).as_deref(), expected, "{text}");
        }
        for day in -200_000..200_000 {
            let (year, month, date) = civil(day);
            assert_eq!(days_from_civil(year, month, date), day);
        }
    }
}
