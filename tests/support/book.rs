//! Workbooks written by hand, down to what no program would write.

use std::{fmt::Write as _, io::Write as _};

/// A sheet of a heading and one more row with this cell.
pub fn sheet(before: &str, attributes: &str, cell: &str) -> String {
    format!(
        "{before}<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>\
         <row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>id</t></is></c></row><row r=\"2\"{attributes}>{cell}</row>\
         </sheetData></worksheet>"
    )
}

/// So many shared strings, and how many the file says there are.
pub fn strings(number: u32, said: u64) -> String {
    let mut text = format!(
        "<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" count=\"{said}\" uniqueCount=\"{said}\">"
    );
    for n in 0..number {
        let _ = write!(text, "<si><t>s{n}</t></si>");
    }
    text + "</sst>"
}

/// A workbook with this sheet alone; not packed, which would take longer than all the rest.
pub fn workbook(sheet: &str, strings: &str) -> zip::result::ZipResult<Vec<u8>> {
    const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    let book = format!(
        "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"{RELATIONS}\">\
         <sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
    );
    let link = |id: &str, kind: &str, target: &str| {
        format!("<Relationship Id=\"{id}\" Type=\"{RELATIONS}/{kind}\" Target=\"{target}\"/>")
    };
    let links = |list: &[String]| format!("<Relationships xmlns=\"{PACKAGE}\">{}</Relationships>", list.concat());
    let package = links(&[link("r1", "officeDocument", "xl/workbook.xml")]);
    let own =
        links(&[link("r1", "worksheet", "worksheets/sheet1.xml"), link("r2", "sharedStrings", "sharedStrings.xml")]);
    let types = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
                 <Default Extension=\"xml\" ContentType=\"application/xml\"/></Types>";
    let entries = [
        ("[Content_Types].xml", types),
        ("_rels/.rels", &package),
        ("xl/workbook.xml", &book),
        ("xl/_rels/workbook.xml.rels", &own),
        ("xl/sharedStrings.xml", strings),
        ("xl/worksheets/sheet1.xml", sheet),
    ];
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, content) in entries {
        zip.start_file(name, stored)?;
        zip.write_all(content.as_bytes())?;
    }
    Ok(zip.finish()?.into_inner())
}
