import ObjectModel
import Storage
import StorageTestKit
import Testing

@Suite struct ProjectChangesTests {
    @Test("NEWS-3: what a node gave is no news to it, until somebody else changes the same project")
    func echoes() {
        let changes = ProjectChanges()
        let (one, other) = (Fixture.id(1) as ProjectID, Fixture.id(2) as ProjectID)
        let (paris, tokyo) = (Fixture.node(1), Fixture.node(2))
        changes.announce(one, from: paris)
        changes.announce(other)
        #expect(changes.news(after: 0, limit: 9).projects == [one, other])
        #expect(changes.news(after: 0, limit: 9, butFrom: paris).projects == [other])
        #expect(changes.news(after: 0, limit: 9, butFrom: tokyo).projects == [one, other])
        changes.announce(one, from: tokyo)
        let news = changes.news(after: 2, limit: 9, butFrom: paris)
        #expect(news.projects == [one])
        changes.announce(one, from: paris)
        #expect(changes.news(after: news.number, limit: 9, butFrom: paris).projects == [])
        #expect(changes.news(after: news.number, limit: 9, butFrom: tokyo).projects == [one])
        changes.announce(one)
        #expect(changes.news(after: news.number, limit: 9, butFrom: paris).projects == [one])
    }
}
